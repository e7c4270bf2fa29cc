import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { parseYaml } from '../../../api/yaml.ts';
import { readBoundedFile } from '../../../kernel/bounded-file.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { hashAnnotation, podUid, seenAnnotation, sourceAnnotation } from '../directories.ts';

export interface StaticPodsDeps {
  readonly directory: string;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly put: (pod: Pod) => void;
  readonly remove: (pod: Pod) => void;
}

const checkEveryMs = 20_000;
/** Editors write in several steps. */
const quietMs = 50;
const maximumFileBytes = 1024 * 1024;
const maximumFiles = 500;

/** Follows the manifests of a folder. The first read is over when the promise resolves; a folder that is missing holds no pods until it appears. */
export async function followStaticPods(deps: StaticPodsDeps): Promise<Disposable> {
  const follower = new StaticPodFollower(deps);
  await follower.read();
  follower.watch();
  return follower;
}

class StaticPodFollower implements Disposable {
  readonly #deps: StaticPodsDeps;
  readonly #pods = new Map<string, Pod>();
  readonly #complaints = new Map<string, string>();
  #watcher: FSWatcher | undefined;
  #timer: Disposable | undefined;
  #reading: Promise<void> | undefined;
  #isStopped = false;

  constructor(deps: StaticPodsDeps) {
    this.#deps = deps;
  }

  async read(): Promise<void> {
    this.#reading ??= this.#readNow().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  watch(): void {
    try {
      this.#watcher ??= watch(this.#deps.directory, { persistent: false }, () => this.#plan(quietMs)).on('error', () => this.#unwatch());
    } catch {
      // Not there yet: the regular look will find it.
    }
    this.#plan(checkEveryMs);
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
    this.#unwatch();
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #plan(delayMs: number): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#isStopped) return;
    this.#timer = this.#deps.clock.after(
      delayMs,
      () =>
        void this.read().finally(() => {
          if (!this.#isStopped) this.watch();
        }),
    );
  }

  async #readNow(): Promise<void> {
    const { directory, log } = this.#deps;
    let names: string[];
    try {
      names = (await readdir(directory)).filter((name) => !name.startsWith('.')).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return log.warn('static pods cannot be read', { directory, error });
      names = [];
    }
    const found = new Map<string, Pod>();
    for (const name of names.slice(0, maximumFiles)) {
      const pod = await this.#readFile(join(directory, name));
      if (pod) found.set(podUid(pod), pod);
    }
    if (!this.#isStopped) this.#apply(found);
  }

  #apply(found: ReadonlyMap<string, Pod>): void {
    for (const [uid, pod] of [...this.#pods]) {
      if (found.has(uid)) continue;
      this.#pods.delete(uid);
      this.#deps.remove(pod);
    }
    for (const [uid, pod] of found) {
      if (this.#pods.has(uid)) continue;
      this.#pods.set(uid, pod);
      this.#deps.put(pod);
    }
  }

  /** A file that is no pod is reported once per content, and whatever it described before stays out. */
  async #readFile(path: string): Promise<Pod | undefined> {
    let text = '';
    try {
      text = await readBoundedFile(path, maximumFileBytes);
      const pod = staticPod(text, path, this.#deps.nodeName, this.#deps.clock.now());
      this.#complaints.delete(path);
      return pod;
    } catch (error) {
      if (this.#complaints.get(path) !== text) this.#deps.log.warn('static pod manifest not used', { path, error });
      this.#complaints.set(path, text);
      return undefined;
    }
  }
}

/** Reads one manifest: YAML or JSON of a Pod. Its uid follows from its content, so that any change makes a new pod. Throws when it is no pod that can run by itself. */
export function staticPod(text: string, path: string, nodeName: string, nowMs: number): Pod {
  const value = parseYaml(text).value;
  if (!isPod(value)) throw new Error('not a Pod');
  const problem = problemOf(value);
  if (problem) throw new Error(problem);
  const hash = createHash('md5').update(`${path}\0${nodeName}\0${text}`).digest('hex');
  const { metadata, spec } = value;
  return {
    ...value,
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: `${metadata.name}-${nodeName.toLowerCase()}`,
      namespace: metadata.namespace || 'default',
      uid: metadata.uid || hash,
      annotations: { ...metadata.annotations, [hashAnnotation]: hash, [sourceAnnotation]: 'file', [seenAnnotation]: new Date(nowMs).toISOString() },
    },
    // What must run on its node is not evicted from it by taints.
    spec: { ...spec, nodeName, tolerations: [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }] },
    status: { phase: 'Pending' },
  };
}

function isPod(value: unknown): value is Pod & { metadata: { name: string } } {
  const { apiVersion, kind, metadata, spec } = (value ?? {}) as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown };
    spec?: { containers?: unknown };
  };
  return (
    apiVersion === 'v1' &&
    kind === 'Pod' &&
    typeof metadata?.name === 'string' &&
    metadata.name !== '' &&
    Array.isArray(spec?.containers) &&
    spec.containers.length > 0
  );
}

/** A static pod must not need the API: upstream refuses what refers to its objects. */
function problemOf({ spec }: Pod): string | undefined {
  if (spec.serviceAccountName || spec.serviceAccount) return 'static pods may not reference serviceaccounts';
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (typeof container.name !== 'string' || typeof container.image !== 'string') return 'every container needs a name and an image';
    const refers = [...(container.env ?? []).map(({ valueFrom }) => valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef), ...(container.envFrom ?? [])].some(
      Boolean,
    );
    if (refers) return 'static pods may not reference configmaps or secrets';
  }
  const api = (spec.volumes ?? []).find((volume) => volume.configMap ?? volume.secret ?? volume.projected ?? volume.persistentVolumeClaim);
  return api ? `static pods may not use volume "${api.name}": it needs the API` : undefined;
}
