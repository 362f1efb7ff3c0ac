"""Every statement on articles: writing keeps versions, reading shows one, finding searches them."""
