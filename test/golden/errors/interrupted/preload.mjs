// A signal that arrives while files are written.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { writeFileSync } = fs;
fs.writeFileSync = (...args) => {
  writeFileSync(...args);
  process.kill(process.pid, 'SIGINT');
};
syncBuiltinESMExports();
