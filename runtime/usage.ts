/** The help of `wws`. */
export const USAGE = `Usage: wws [OPTIONS] [PATH]               serve the workers of a directory (default: .)
       wws [OPTIONS] FILE.wasm [ARGS...]   run a WASI command

Options when serving:
  --host ADDRESS        address to listen on (default: 127.0.0.1)
  -p, --port PORT       port to listen on, 0 for any free one (default: 8080)
  --prefix PATH         put all routes under PATH
  --ignore GLOB         leave files out, relative to PATH (repeatable)
  --cors ORIGIN         allow ORIGIN in answers of workers (repeatable)
  --enable-panel        show routes, requests and K/V contents on a page of their own
  --panel [HOST:]PORT   where that page is (default: any free port of 127.0.0.1)
  --panel-token TOKEN   what its users must know (default: made up; WWS_PANEL_TOKEN)
  --json                write the route table and the log as JSON lines

Options when running a command:
  --dir HOST[::GUEST]   give the command a directory (repeatable)
  --env NAME=VALUE      set a variable of the command (repeatable)

  -h, --help            show this help
  -V, --version         show the version

Examples:
  wws                                    serve the current directory on http://127.0.0.1:8080
  wws apps --port 3000 --prefix /api     serve apps/ under http://127.0.0.1:3000/api
  wws --dir .::/work tool.wasm --verbose run tool.wasm with the current directory as /work

Exit codes: 0 success, 1 failure, 2 wrong usage; a command's own when running one.
`;
