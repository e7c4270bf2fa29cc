import type { ContainerImage, ResourceList, Taint } from '../../../api/generated/core-v1.ts';
import { canonicalQuantity, quantityProblem } from '../../../api/quantity.ts';
import { parseYaml } from '../../../api/yaml.ts';
import { type NodeKind, type PodRule, type Seconds, type Simulation, usualSimulation } from './simulation.ts';

/** A simulation says something that cannot be. `path` is the field. */
export class SimulationError extends Error {
  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.name = 'SimulationError';
  }
}

type Fields = Readonly<Record<string, unknown>>;
const maximumKinds = 1_000;
const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** Reads a simulation from YAML or JSON; what it leaves out is as in `usualSimulation`. Throws a `SimulationError`, or a 400 for text that is neither. */
export function readSimulation(text: string): Simulation {
  const fields = fieldsOf(parseYaml(text).value ?? {}, 'simulation', ['region', 'zones', 'nodes', 'pods']);
  return {
    region: optional(fields, 'region', textOf) ?? usualSimulation.region,
    zones: optional(fields, 'zones', (value, path) => listOf(value, path, textOf)) ?? usualSimulation.zones,
    nodes: optional(fields, 'nodes', (value, path) => nonEmpty(listOf(value, path, nodeKindOf), path)) ?? usualSimulation.nodes,
    pods: optional(fields, 'pods', (value, path) => listOf(value, path, podRuleOf)) ?? [],
  };
}

function nodeKindOf(value: unknown, path: string): NodeKind {
  const fields = fieldsOf(value, path, ['name', 'share', 'instanceType', 'capacity', 'allocatable', 'labels', 'taints', 'images']);
  const name = required(fields, 'name', textOf, path);
  const allocatable = optional(fields, 'allocatable', resourcesOf, path);
  return {
    name,
    share: optional(fields, 'share', positiveOf, path) ?? 1,
    instanceType: optional(fields, 'instanceType', textOf, path) ?? name,
    capacity: { pods: '110', ...required(fields, 'capacity', resourcesOf, path) },
    ...(allocatable ? { allocatable } : {}),
    labels: optional(fields, 'labels', textsOf, path) ?? {},
    taints: optional(fields, 'taints', (list, at) => listOf(list, at, taintOf), path) ?? [],
    images: optional(fields, 'images', (list, at) => listOf(list, at, imageOf), path) ?? [],
  };
}

function podRuleOf(value: unknown, path: string): PodRule {
  const fields = fieldsOf(value, path, ['namespace', 'labels', 'startSeconds', 'runSeconds', 'exitCode', 'exitReason', 'failureShare']);
  return {
    labels: optional(fields, 'labels', textsOf, path) ?? {},
    ...given('namespace', optional(fields, 'namespace', textOf, path)),
    ...given('startSeconds', optional(fields, 'startSeconds', secondsOf, path)),
    ...given('runSeconds', optional(fields, 'runSeconds', secondsOf, path)),
    ...given('exitCode', optional(fields, 'exitCode', exitCodeOf, path)),
    ...given('exitReason', optional(fields, 'exitReason', textOf, path)),
    ...given('failureShare', optional(fields, 'failureShare', shareOf, path)),
  };
}

const given = <Name extends string, T>(name: Name, value: T | undefined): { [K in Name]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { [K in Name]?: T };

function taintOf(value: unknown, path: string): Taint {
  const fields = fieldsOf(value, path, ['key', 'value', 'effect']);
  const effect = required(fields, 'effect', textOf, path);
  const known = effects.find((candidate) => candidate === effect);
  if (!known) throw new SimulationError(`${path}.effect`, `must be one of ${effects.join(', ')}`);
  return { key: required(fields, 'key', textOf, path), effect: known, ...given('value', optional(fields, 'value', textOf, path)) };
}

function imageOf(value: unknown, path: string): ContainerImage {
  const fields = fieldsOf(value, path, ['names', 'sizeBytes']);
  return { names: required(fields, 'names', (list, at) => listOf(list, at, textOf), path), sizeBytes: optional(fields, 'sizeBytes', positiveOf, path) ?? 1 };
}

function resourcesOf(value: unknown, path: string): ResourceList {
  return Object.fromEntries(
    Object.entries(fieldsOf(value, path)).map(([name, amount]) => {
      const problem = typeof amount === 'string' || typeof amount === 'number' ? quantityProblem(amount) : 'must be a quantity such as 500m or 4Gi';
      if (problem !== undefined) throw new SimulationError(`${path}.${name}`, problem);
      return [name, canonicalQuantity(amount as string | number)];
    }),
  );
}

function fieldsOf(value: unknown, path: string, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SimulationError(path, 'must be a mapping');
  const stranger = known && Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) throw new SimulationError(`${path}.${stranger}`, `unknown field; there are ${known!.join(', ')}`);
  return value as Fields;
}

type Read<T> = (value: unknown, path: string) => T;

function optional<T>(fields: Fields, name: string, read: Read<T>, path = ''): T | undefined {
  const value = fields[name];
  return value === undefined || value === null ? undefined : read(value, path === '' ? name : `${path}.${name}`);
}

function required<T>(fields: Fields, name: string, read: Read<T>, path: string): T {
  const value = optional(fields, name, read, path);
  if (value === undefined) throw new SimulationError(`${path}.${name}`, 'is missing');
  return value;
}

function listOf<T>(value: unknown, path: string, read: Read<T>): T[] {
  if (!Array.isArray(value)) throw new SimulationError(path, 'must be a list');
  if (value.length > maximumKinds) throw new SimulationError(path, `holds more than ${maximumKinds}`);
  return value.map((item, index) => read(item, `${path}[${index}]`));
}

function nonEmpty<T>(list: T[], path: string): T[] {
  if (list.length === 0) throw new SimulationError(path, 'must not be empty');
  return list;
}

function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new SimulationError(path, 'must be text');
  return value;
}

const textsOf = (value: unknown, path: string): Record<string, string> =>
  Object.fromEntries(Object.entries(fieldsOf(value, path)).map(([name, text]) => [name, textOf(text, `${path}.${name}`)]));

function numberOf(value: unknown, path: string, isRight: (number: number) => boolean, what: string): number {
  if (typeof value !== 'number' || !isRight(value)) throw new SimulationError(path, `must be ${what}`);
  return value;
}

const positiveOf: Read<number> = (value, path) => numberOf(value, path, (number) => number > 0 && Number.isFinite(number), 'a number above 0');
const shareOf: Read<number> = (value, path) => numberOf(value, path, (number) => number >= 0 && number <= 1, 'a number from 0 to 1');
const exitCodeOf: Read<number> = (value, path) =>
  numberOf(value, path, (number) => Number.isInteger(number) && number >= 0 && number <= 255, 'a whole number from 0 to 255');
const durationOf: Read<number> = (value, path) => numberOf(value, path, (number) => number >= 0 && number <= 1e9, 'seconds, 0 or more');

function secondsOf(value: unknown, path: string): Seconds {
  if (!Array.isArray(value)) return durationOf(value, path);
  const [least, most, ...more] = value.map((item, index) => durationOf(item, `${path}[${index}]`));
  if (least === undefined || most === undefined || more.length > 0 || least > most)
    throw new SimulationError(path, 'must be seconds, or two of them: the least and the most');
  return [least, most];
}
