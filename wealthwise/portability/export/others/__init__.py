"""What a person has, in the formats of other applications: whoever comes in can go out again."""
