#!/bin/sh
# Draws the secrets of deploy/compose.yaml, one file each, into deploy/secrets/. Files that exist are left alone.
#
# The folder is open to its owner only. The files in it can be read by everybody who gets that far: a container that is
# given one of them may run under any user id, and is given nothing but that file.
set -eu
umask 077
folder=$(dirname "$0")/secrets
mkdir -p "$folder"
chmod 0700 "$folder"
for name in postgres_superuser \
    role_onecode_auth_login role_onecode_codes_login role_onecode_sales_login role_onecode_stats_login \
    codes_person_key_1 codes_index_key codes_card_key_1 codes_station_key sales_receipt_key
do
    if [ -e "$folder/$name" ]; then
        echo "保留 / kept: $name"
        continue
    fi
    # 256 bits, in the alphabet of base64 that may stand in an address.
    head -c 32 /dev/urandom | base64 | tr '+/' '-_' > "$folder/.$name"
    chmod 0444 "$folder/.$name"
    mv "$folder/.$name" "$folder/$name"
    echo "生成 / drawn: $name"
done
