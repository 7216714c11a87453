"""Operations on clawbacks."""
