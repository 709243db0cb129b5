# Counts the rows below the heading.
set -eu
tail -n +2 readings.csv | wc -l | tr -d ' ' > count.txt
