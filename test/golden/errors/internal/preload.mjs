// Something no code of ours expects.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

fs.lstatSync = () => undefined.isFile;
syncBuiltinESMExports();
