"""What was sold: orders, refunds, attribution, ledger, income."""
