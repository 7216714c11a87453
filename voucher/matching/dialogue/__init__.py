"""What business and provider say to each other before they agree: questions, and another date."""
