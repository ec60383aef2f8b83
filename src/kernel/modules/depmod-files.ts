/** The texts that depmod writes for people and modprobe to read. */
import { dependencies, type ModuleGraph } from './graph.ts';
import { values } from './modinfo.ts';

/** `modules.dep`: for each module, all it needs. */
export function modulesDep(graph: ModuleGraph): string {
  let text = '';
  for (const module of graph.modules) {
    text += `${module.path}:`;
    for (const { path } of dependencies(module)) text += ` ${path}`;
    text += '\n';
  }
  return text;
}

/** `modules.alias` */
export function modulesAlias(graph: ModuleGraph): string {
  return lines(graph, 'alias', 'Aliases extracted from modules themselves.', (name, pattern) =>
    ['alias', pattern, name].join(' '),
  );
}

/** `modules.softdep` */
export function modulesSoftdep(graph: ModuleGraph): string {
  return lines(graph, 'softdep', 'Soft dependencies extracted from modules themselves.', (name, words) =>
    ['softdep', name, words].join(' '),
  );
}

function lines(
  graph: ModuleGraph,
  key: string,
  title: string,
  line: (name: string, value: string) => string,
): string {
  let text = `# ${title}\n`;
  for (const module of graph.modules) {
    for (const value of values(graph.modinfo(module), key)) text += `${line(module.name, value)}\n`;
  }
  return text;
}
