"""Staff, roles and permissions, sign-in, the audit trail: who may do what, and who did."""
