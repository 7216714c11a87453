"""What business and provider say of each other once the work is confirmed."""
