"""What people write -> what they ask for.  Pure: text in, intent, codes or label out."""
