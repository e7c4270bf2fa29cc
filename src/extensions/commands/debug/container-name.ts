import type { PodSpec } from '../../../api/generated/core-v1.ts';
import { randomNamePart } from '../../../extension-points/commands/changes/random-name.ts';
import type { NameContainer } from './debug-wishes.ts';

/** The names of all containers of a pod. */
export const containerNamesOf = ({ containers, initContainers = [], ephemeralContainers = [] }: PodSpec): ReadonlySet<string> =>
  new Set([...containers, ...initContainers, ...ephemeralContainers].map(({ name }) => name));

/** `debugger-xxxxx`, and tells of it. */
export const generatedContainerName =
  (tell: (line: string) => void, randomPart: (length: number) => string = randomNamePart): NameContainer =>
  (taken) => {
    let name = '';
    while (name === '' || taken.has(name)) name = `debugger-${randomPart(5)}`;
    tell(`Defaulting debug container name to ${name}.\n`);
    return name;
  };
