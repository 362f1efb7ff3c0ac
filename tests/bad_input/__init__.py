"""What people, browsers and strangers send by mistake or on purpose."""
