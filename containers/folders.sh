#!/bin/sh
# Makes the folders that the services write to writable for the user that they run as, then becomes that user
# and waits to be stopped. `folders.sh ready` tells whether it is done. Begins as root with the capabilities
# to change owners, modes and its own user, and has no network.
set -eu
uid=$CATWALK_UID gid=$CATWALK_GID

wait_as_user() {
    exec setpriv --reuid "$uid" --regid "$gid" --clear-groups \
        sh -c 'trap "exit 0" TERM INT; sleep infinity & wait'
}

if [ "${1-}" = ready ]; then
    # Each answer is a process that the engine starts, which costs far more than the question: the first that says yes ends, the next one stays.
    [ -e /tmp/ready ] || exit 1
    [ ! -e /tmp/told ] || wait_as_user
    : >/tmp/told
    exit 0
fi

say() {
    echo "folders: $*" >&2
}

if [ "$uid" = 0 ]; then
    say "the services do not run as root: leave CATWALK_UID away, or give it the number of another user"
    exit 2
fi

# The volumes are the services' alone.
chown -R "$uid:$gid" /var/lib/catwalk /var/cache/catwalk

# ./results is the user's as well. One that the engine has just made is root's: it becomes that of the owner of
# the checkout, and the group of the services may write to it. Nobody's private folder is opened to others.
owner=$(stat -c %u /results)
keeper=$(stat -c %u /checkout)
if [ "$owner" = 0 ] && { [ "$keeper" = 0 ] || [ "$keeper" = "$uid" ]; }; then
    say "./results was root's: now it is user $uid's"
    chown "$uid:$gid" /results
elif [ "$owner" = 0 ]; then
    say "./results was root's: now it is user $keeper's, and group $gid may write to it"
    chown "$keeper:$gid" /results
    chmod g+rwx /results
elif [ "$owner" != "$uid" ]; then
    case $(stat -c %A/%g /results) in
    ????????w?/* | ?????w????/"$gid") ;;
    ????------/*)
        say "./results is open to user $owner alone: set CATWALK_UID=$owner, and CATWALK_GID to a group of theirs"
        exit 2
        ;;
    *)
        say "./results is user $owner's: now group $gid may write to it as well"
        chgrp "$gid" /results
        chmod g+rwx /results
        ;;
    esac
fi

: >/tmp/ready
wait_as_user
