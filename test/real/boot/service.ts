/** Services on a guest: what runs there, and what has to be there then. */
import { join } from 'node:path';
import { loadOrder, moduleName, type Service } from '../loader.ts';
import type { Machine } from './machine.ts';

/** s6-rc's scripts. */
export const up = ({ path, name }: Service): string => join(path, name, 'up');
export const down = ({ path, name }: Service): string => join(path, name, 'down');

/** A loader's modules in load order, without those for what the machine's processor lacks. */
export function modulesOn(machine: Machine, service: Service): string[] {
  return loadOrder(service)
    .map(moduleName)
    .filter((module) => !machine.lacks.includes(module));
}

/** All modules of loaders, sorted, as a guest tells its own. */
export function together(machine: Machine, services: Service[]): string[] {
  return [...new Set(services.flatMap((service) => modulesOn(machine, service)))].sort();
}

/** A file of a loader that has this module. */
export function fileOf(service: Service, module: string): string {
  return join(service.loader, loadOrder(service).find((file) => moduleName(file) === module)!);
}
