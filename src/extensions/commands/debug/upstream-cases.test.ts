import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Container, Pod, SecurityContext } from '../../../api/generated/core-v1.ts';
import { generatedContainerName } from './container-name.ts';
import type { CopyWishes, EphemeralWishes, KeptParts } from './debug-wishes.ts';
import { withEphemeralContainer } from './ephemeral-container.ts';
import { nodeDebuggingPod } from './node-pod.ts';
import { copyOfPod } from './pod-copy.ts';
import { type DebugStyle, mayLackRights, type ProfileName, withProfile } from './profiles.ts';

type Wishes = EphemeralWishes & CopyWishes;

/** What kubectl's own code made of an object. `in` is the object or the name of an input that several cases share; generated names count from 1. */
interface Case {
  readonly name: string;
  readonly style: DebugStyle;
  readonly wishes: Omit<Partial<Wishes>, 'keep'> & { readonly profile: ProfileName; readonly keep?: readonly (keyof KeptParts)[] };
  readonly in: unknown;
  readonly out?: unknown;
  readonly says?: string;
  readonly error?: string;
}

interface ProfileCase {
  readonly name: string;
  readonly profile: ProfileName;
  readonly style: DebugStyle;
  readonly container: string;
  readonly in: Pod;
  readonly out: unknown;
}

const lines = readFileSync(join(import.meta.dirname, 'upstream-cases.fixture.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>);
const inputs = new Map(lines.filter((line) => 'input' in line).map((line) => [line['input'], line['object']]));
const cases = lines.filter((line) => 'wishes' in line) as unknown as Case[];
const profileCases = lines.filter((line) => 'profile' in line) as unknown as ProfileCase[];

const keep = (...names: readonly (keyof KeptParts)[]): KeptParts => ({
  labels: names.includes('labels'),
  annotations: names.includes('annotations'),
  liveness: names.includes('liveness'),
  readiness: names.includes('readiness'),
  startup: names.includes('startup'),
  initContainers: names.includes('initContainers'),
});

const nothing: Omit<Wishes, 'profile' | 'keep'> = {
  container: '',
  image: '',
  pullPolicy: '',
  env: [],
  words: [],
  areArguments: false,
  stdin: false,
  tty: false,
  target: '',
  copyTo: '',
  staysOnNode: false,
  images: {},
  sharesProcesses: undefined,
};

/** As an object comes from a server. */
const podOf = (given: unknown): Pod => {
  const { metadata = {}, spec, ...rest } = structuredClone(given) as Partial<Pod>;
  return { ...rest, metadata, spec: { ...spec, containers: spec?.containers ?? [] } } as Pod;
};

/** As it goes over the wire, without lists and objects in which there is nothing to see. */
function seen(value: unknown): unknown {
  const { apiVersion: _, kind: _kind, ...object } = JSON.parse(JSON.stringify(value)) as Partial<Pod>;
  const { metadata, spec, ...rest } = object;
  if (!spec) return object;
  const { containers, ...others } = spec;
  return {
    ...rest,
    ...(metadata && Object.keys(metadata).length > 0 ? { metadata } : {}),
    spec: containers && containers.length > 0 ? spec : others,
  };
}

async function made({ style, wishes, in: given }: Case): Promise<{ out: unknown; says: string }> {
  let says = '';
  let count = 0;
  const tell = (line: string): void => void (says += line);
  const randomPart = (): string => String(++count);
  const all = { ...nothing, ...wishes, keep: keep(...(wishes.keep ?? [])) };
  const object = typeof given === 'string' ? inputs.get(given) : given;
  const nameContainer = generatedContainerName(tell, randomPart);
  if (style === 'node') return { out: await nodeDebuggingPod((object as Pod).metadata.name!, all, { tell, randomPart }), says };
  if (style === 'copy') return { out: (await copyOfPod(podOf(object), all, nameContainer))[0], says };
  return { out: (await withEphemeralContainer(podOf(object), all, nameContainer))[1], says };
}

const titles = { ephemeral: 'in a running pod', copy: 'in a copy', node: 'on a node' };

describe('debugging as kubectl does', () => {
  for (const style of ['ephemeral', 'copy', 'node'] as const)
    describe(titles[style], () => {
      for (const [index, each] of cases.filter((one) => one.style === style).entries())
        it(`${index + 1}: ${each.name}`, async () => {
          if (each.error !== undefined) return assert.rejects(made(each), { message: each.error });
          const { out, says } = await made(each);
          assert.deepEqual(seen(out), seen(each.out));
          if (each.says !== undefined) assert.equal(says, each.says);
        });
    });
});

describe('what profiles make of a pod', () => {
  for (const { name, profile, style, container, in: given, out } of profileCases)
    it(`${profile}: ${name}`, () => {
      const pod = withProfile(profile, podOf(given), { style, container, keep: keep('initContainers') });
      assert.deepEqual(seen(pod), seen(out));
    });
});

describe('the warning of rights without use', () => {
  const pod = (runAsUser?: number): Pod => podOf({ spec: { securityContext: runAsUser === undefined ? {} : { runAsUser } } });
  const container = (securityContext?: SecurityContext): Container => ({ name: 'debugger', ...(securityContext ? { securityContext } : {}) });
  const added = { capabilities: { add: ['SYS_PTRACE'] } };
  const warned: readonly [Pod, Container, boolean][] = [
    [pod(), container(added), false],
    [pod(0), container(added), false],
    [pod(1000), container(), false],
    [pod(1000), container({ capabilities: { drop: ['ALL'] } }), false],
    [pod(1000), container({ ...added, runAsUser: 0 }), false],
    [pod(1000), container({ privileged: false }), false],
    [pod(1000), container(added), true],
    [pod(1000), container({ ...added, runAsUser: 7 }), true],
    [pod(1000), container({ privileged: true }), true],
  ];
  for (const [of, from, is] of warned)
    it(`${is ? 'is' : 'is not'} given for ${JSON.stringify(from.securityContext)} in a pod of ${JSON.stringify(of.spec.securityContext)}`, () =>
      assert.equal(mayLackRights(of, from), is));
});
