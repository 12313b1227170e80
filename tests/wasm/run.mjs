// Runs scenarios in the WebAssembly build of the core and compares the JSON, byte by byte but for `wall_s`, with that of the
// native binary: node tests/wasm/run.mjs MODULE.wasm NATIVE_BINARY SCENARIO.toml ... The CSV files in a scenario's folder stand
// beside it in both.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const [module, binary, ...scenarios] = process.argv.slice(2);
const compiled = await WebAssembly.compile(readFileSync(module));
const withoutClock = (text) => text.replace(/"wall_s": [^,\n]*/, '"wall_s": 0');
// The core in the pages has no lints.
const withoutLints = (text) => text.replace(/^( *)"diagnostics": \[\n[^]*?^\1\]/m, '$1"diagnostics": []');
let failed = 0;

for (const scenario of scenarios) {
  const { exports } = await WebAssembly.instantiate(compiled, { host: { progress() {} } });
  const write = (bytes) => {
    const room = exports.reserve(bytes.length); // This may grow the memory and so replace its buffer.
    new Uint8Array(exports.memory.buffer, room, bytes.length).set(bytes);
  };
  const files = readdirSync(dirname(scenario)).filter((name) => name.endsWith(".csv"));
  for (const name of files) {
    const path = Buffer.from(name);
    write(Buffer.concat([path, readFileSync(join(dirname(scenario), name))]));
    exports.file(path.length);
  }
  write(readFileSync(scenario));
  const address = exports.run();
  const inWasm = Buffer.from(exports.memory.buffer, address, exports.length()).toString();

  const folder = mkdtempSync(join(tmpdir(), "windtunnel-wasm-"));
  copyFileSync(scenario, join(folder, "scenario.toml"));
  files.forEach((name) => copyFileSync(join(dirname(scenario), name), join(folder, name)));
  const options = { cwd: folder, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] };
  let native;
  try {
    native = execFileSync(resolve(binary), ["run", "scenario.toml", "--format", "json", "--quiet"], options).toString();
  } catch (error) {
    native = error.stdout.toString(); // An objective that does not hold is no failure here.
  }
  rmSync(folder, { recursive: true });

  const same = withoutClock(inWasm) === withoutLints(withoutClock(native));
  const fingerprint = /"fingerprint": "([0-9a-f]+)"/.exec(inWasm)?.[1] ?? "none";
  console.log(`${same ? "same" : "DIFFERENT"} ${fingerprint} ${scenario}`);
  if (!same) {
    failed += 1;
    console.log(inWasm.slice(0, 2000));
  }
}
console.log(`${scenarios.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
