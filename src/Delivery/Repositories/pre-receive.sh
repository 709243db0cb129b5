#!/bin/sh
# Written by Rondo; a change here is overwritten. Git runs this while a push is still invisible: the new commits can be read here
# and nowhere else. It hands the push to the server in the folder $RONDO_PUSH, prints what the server writes there, and ends as
# the server decides. Whatever goes wrong refuses the push.
push=$RONDO_PUSH
if [ -z "$push" ] || [ ! -d "$push" ]; then
  echo "This repository belongs to a Rondo server: push to the server's address, not to its files."
  exit 1
fi

is_zero() { case $1 in *[!0]*) return 1 ;; *) return 0 ;; esac; }

while read -r old new ref; do
  if [ "$ref" = refs/heads/main ]; then
    if is_zero "$new"; then
      echo "The branch main is what is released: it cannot be deleted."
      exit 1
    fi
    if ! is_zero "$old" && ! git merge-base --is-ancestor "$old" "$new"; then
      echo "The branch main only moves forward: pull it, put your commits on top, and push again."
      exit 1
    fi
    git archive --format=tar --output="$push/source.tar" "$new" || exit 1
  fi
  printf '%s %s %s\n' "$old" "$new" "$ref" >> "$push/commands" || exit 1
done

exec 3< "$push/progress"
mv "$push/commands" "$push/request" || exit 1
last= still=0
while :; do
  ended=
  [ -f "$push/verdict" ] && ended=yes
  while IFS= read -r line <&3; do printf '%s\n' "$line"; done
  [ -n "$ended" ] && break
  # The server counts here every second. One that was killed counts no more, and the next one takes the folder away.
  now=
  read -r now 2> /dev/null < "$push/alive"
  if [ "$now" = "$last" ]; then still=$((still + 1)); else last=$now still=0; fi
  if [ ! -d "$push" ] || [ "$still" -gt 600 ]; then
    echo "The server has ended; push again when it is back."
    exit 1
  fi
  sleep 0.1 2> /dev/null || sleep 1
done
[ "$(cat "$push/verdict")" = accept ]
