# What ./gilsim and ./test share: Debian packages, building, one build at a time. Sourced; `root` is the project's folder.
# Everything said goes to stderr, so that stdout is the program's alone.

say() { printf 'gilsim: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 5; }

# wanted KIND...: the packages of these kinds in packages.txt.
wanted() {
    local kind name rest
    while read -r kind name rest; do
        [[ $kind && " $* " == *" $kind "* ]] && printf '%s\n' "$name"
    done <"$root/packages.txt"
    return 0
}

# install KIND...: installs what is missing of the packages of these kinds.
install_packages() {
    command -v dpkg-query >/dev/null || return 0 # not Debian: the configuration says what is missing
    local packages installed missing=() name
    mapfile -t packages < <(wanted "$@")
    installed=" $(dpkg-query -W -f='${Package}=${db:Status-Status} ' "${packages[@]}" 2>/dev/null || true)"
    for name in "${packages[@]}"; do
        [[ $installed == *" $name=installed "* ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    local apt=(apt-get) remedy="install these packages: apt-get install ${missing[*]}"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "packages are missing and this is neither root nor is there sudo; $remedy"
        apt=(sudo DEBIAN_FRONTEND=noninteractive apt-get)
    fi
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    local log=$root/build/packages.log
    local get=("${apt[@]}" install -y -q --no-install-recommends "${missing[@]}")
    export DEBIAN_FRONTEND=noninteractive
    if ! "${get[@]}" >"$log" 2>&1 </dev/null; then
        say "updating the lists of packages first"
        "${apt[@]}" update -q >"$log" 2>&1 </dev/null || { tail -n 5 "$log" >&2; die "no package lists (no network?); $remedy"; }
        "${get[@]}" >"$log" 2>&1 </dev/null || { tail -n 15 "$log" >&2; die "installing failed; $remedy"; }
    fi
}

# progress: reads ninja's output and shows how far it is: one line kept up to date, or a few lines if stderr is a file.
progress() {
    local line done total shown=0
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
        if [[ -t 2 ]]; then
            printf '\r\e[Kgilsim: building %s of %s' "$done" "$total" >&2
        elif ((total > 20 && done * 4 / total > shown)); then
            shown=$((done * 4 / total))
            say "built $done of $total"
        fi
    done
    [[ ! -t 2 ]] || printf '\r\e[K' >&2
}

# lock FOLDER: waits for other builds in it to end; held until `unlock`.
lock() {
    exec 9>"$1/.lock"
    flock -n 9 || { say "waiting for another build to end"; flock 9; }
}
unlock() { exec 9>&-; }

# configure FOLDER [cmake argument...]: unless that was done with the same arguments (ninja notices changed CMake files).
configure() {
    local folder=$1 log=$1/build.log
    shift
    # Several files at a time: a third of the time, most of which goes into reading headers. (Who edits builds by presets, file by file.)
    local arguments=(-S "$root" -B "$folder" -G Ninja -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=24 "$@")
    command -v ccache >/dev/null && arguments+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    [[ ! -f $folder/build.ninja || "${arguments[*]}" != "$(cat "$folder/.arguments" 2>/dev/null)" ]] || return 0
    say "configuring $folder"
    cmake "${arguments[@]}" >"$log" 2>&1 </dev/null || { tail -n 20 "$log" >&2; die "configuring failed; the log is $log"; }
    printf '%s' "${arguments[*]}" >"$folder/.arguments"
}

# build FOLDER TARGET
build() {
    local folder=$1 target=$2 log=$1/build.log begin=$SECONDS
    if ! ninja -C "$folder" "$target" 2>&1 </dev/null 9>&- | tee "$log" | progress; then
        grep -A 15 -m 3 -E '^FAILED|error:' "$log" >&2 || tail -n 20 "$log" >&2
        die "building failed; the log is $log"
    fi
    ((SECONDS - begin < 5)) || say "built in $((SECONDS - begin)) s"
}
