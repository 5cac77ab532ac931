import type { HelpTopic } from './cli-args.ts';

const WWS = `Usage: wws [OPTIONS] [PATH]                serve the workers of a directory (default: .)
       wws [OPTIONS] https://HOST/X.git     serve the workers of a repository
       wws [OPTIONS] FILE.wasm [ARGS...]    run a WASI command
       wws [PATH] runtimes COMMAND          list and install languages (wws runtimes --help)
       wws doctor                           say what this machine can do (wws doctor --help)

Serving:
  --host ADDRESS          address to listen on (default: 127.0.0.1)
  -p, --port PORT         port to listen on, 0 for any free one (default: 8080)
  --prefix PATH           put all routes under PATH
  --ignore GLOB           leave files out, relative to PATH (repeatable)
  --cors ORIGIN           allow ORIGIN to read answers (repeatable)
  -w, --watch             reload when workers or their settings change
  --poll                  the same by looking every second, for drives that tell nothing
  -i, --install-runtimes  first install the languages that are needed and not there

Of a repository, the commit comes before the tag, and the tag before the branch:
  --git-commit COMMIT     serve this commit
  --git-tag TAG           serve what TAG points to
  --git-branch BRANCH     serve the newest commit of BRANCH
  --git-folder FOLDER     serve this folder of it

Giving workers more than they have by themselves (docs/operators.md):
  --limit NAME=VALUE      another limit, such as memory=1GiB or time=60s (repeatable)
  --egress GROUP,...      let them reach loopback, link-local, metadata addresses
  --kv URL                keep K/V stores at URL, such as redis://host:6379 (or variable WWS_KV)

Watching:
  --log text|json         lines for people, or one JSON object per line (--json for short)
  --metrics [HOST:]PORT   serve metrics for Prometheus there
  --enable-panel          show routes, requests and K/V contents on a page of their own
  --panel [HOST:]PORT     where that page is (default: any free port of 127.0.0.1)
  --panel-token TOKEN     what its users must know (default: made up; or variable WWS_PANEL_TOKEN)

Running a command:
  --dir HOST[::GUEST]     give the command a directory (repeatable)
  --env NAME=VALUE        set a variable of the command (repeatable)

  -h, --help              show this help
  -V, --version           show the version

Examples:
  wws                                     serve the current directory on http://127.0.0.1:8080
  wws apps -p 3000 --prefix /api --watch  serve apps/ under http://127.0.0.1:3000/api, and reload it
  wws https://example.com/x.git --git-tag v1 --git-folder apps
                                          serve the folder apps/ of tag v1
  wws apps --limit memory=1GiB --egress loopback
                                          let workers use more memory, and reach this machine
  wws --dir .::/work tool.wasm --verbose  run tool.wasm with the current directory as /work

Exit codes: 0 success, 1 failure, 2 wrong usage; a command's own when running one.
`;

const RUNTIMES = `Usage: wws [PATH] runtimes list                      what is built in, installed, and available
       wws [PATH] runtimes check                     whether all files are there and what they should be
       wws [PATH] runtimes install                   bring what the project needs and does not have
       wws [PATH] runtimes install NAME [VERSION]    bring a language, by its version or a tag (default: latest)
       wws [PATH] runtimes uninstall NAME VERSION    take it away
       wws [PATH] runtimes snapshot                  keep languages as they are once started, so that they need not be

JavaScript, TypeScript and WebAssembly are built in. Python and Ruby come from npm's registry, in the way npm is set
up to reach it (.npmrc, npm_config_registry); npm itself is not needed. What is installed lies in .wws/runtimes of the
project at PATH (default: .), and .wws.toml says what it is, with the checksum of every file (docs/languages.md).

Options:
  --repo-url URL     index of another repository: https, http, file or npm (or variable WWS_REPO_URL)
  --repo-name NAME   what to call it in .wws.toml (default: wasmlabs; or variable WWS_REPO_NAME)
  --json             write JSON
  -h, --help         show this help

Examples:
  wws runtimes install                    what .wws.toml names, and the languages of the files here
  wws runtimes install python 3.12
  wws apps runtimes check --json | jq .ok
  wws runtimes install php 8.2 --repo-url npm:@example/wws-runtimes@1.0.0/index.toml

Exit codes: 0 success, 1 failure, or a file that is missing or wrong, 2 wrong usage.
`;

const DOCTOR = `Usage: wws doctor [--json]

Looks at Node, the kernel, control groups, WebAssembly, containerd, Docker and Kubernetes on this machine, and
says what is there, what is not, and what to do about it. Needs no rights and changes nothing.

Options:
  --json        write one line of JSON
  -h, --help    show this help

Examples:
  wws doctor
  wws doctor --json | jq '.groups[].checks[] | select(.status != "ok")'

Exit codes: 0 wws works here, 1 something is missing that it cannot work without, 2 wrong usage.
`;

/** The help of `wws`, by what it is about. */
export const USAGE: Readonly<Record<HelpTopic, string>> = { wws: WWS, runtimes: RUNTIMES, doctor: DOCTOR };
