"""What the command line prints for people: answers, versions, trainings, tables."""
