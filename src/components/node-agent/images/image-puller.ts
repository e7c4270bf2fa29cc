import type { Container, Pod, Secret } from '../../../api/generated/core-v1.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Image, ImageAuthentication, PodSandboxConfig, Runtime } from '../../../extension-points/runtime/contract.ts';
import { Backoff } from '../../../kernel/backoff.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { podUid } from '../directories.ts';
import { durationText } from '../duration-text.ts';
import type { ObjectReader } from '../object-reader.ts';
import { credentialsFor } from './image-credentials.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';

export interface ImagePullerDeps {
  readonly runtime: Runtime;
  readonly events: EventRecorder;
  readonly objects: ObjectReader;
  readonly clock: Clock;
  /** Pulls running at once. Default 8. */
  readonly maximumPulls?: number;
}

/** `reason` and `message` are what the container's waiting state shows. */
export type ImageOutcome =
  | { readonly kind: 'present'; readonly image: Image }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string; readonly retryAfterMs?: number };

/** The error itself is shown this long, then that the next try is being waited for. */
const showErrorMs = 2_000;

/** Makes sure that the images of containers are there, by their pull policies. Containers that need the same image share one pull. */
export class ImagePuller {
  readonly #deps: ImagePullerDeps;
  readonly #backoff: Backoff;
  readonly #lastErrors = new Map<string, string>();
  readonly #pulls = new Map<string, Promise<Image>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(deps: ImagePullerDeps) {
    this.#deps = deps;
    this.#backoff = new Backoff({ initialMs: 10_000, maximumMs: 300_000, forgetAfterMs: 600_000, now: () => deps.clock.now() });
  }

  async ensure(pod: Pod, container: Container, sandbox: PodSandboxConfig, fieldPath: string): Promise<ImageOutcome> {
    const name = container.image ?? '';
    const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void => this.#deps.events.record(pod, type, reason, message, fieldPath);
    const reference = parseImageReference(name);
    if (!reference) {
      const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": invalid reference format`;
      tell('Warning', 'InspectFailed', message);
      return { kind: 'failed', reason: 'InvalidImageName', message };
    }
    const policy = container.imagePullPolicy ?? (/:latest$/.test(reference.text) ? 'Always' : 'IfNotPresent');
    if (policy !== 'Always') {
      const local = await this.#local(reference, name, policy, tell);
      if (local) return local;
    }
    return this.#pull(pod, reference, { name, sandbox, tell });
  }

  /** Forgets the back-off of a pod that is gone. */
  forget(uid: string): void {
    for (const key of this.#lastErrors.keys()) {
      if (!key.startsWith(`${uid}_`)) continue;
      this.#lastErrors.delete(key);
      this.#backoff.reset(key);
    }
  }

  /** The image when it is there; a refusal when it may not be pulled; undefined when it must be pulled. */
  async #local(reference: ImageReference, name: string, policy: string, tell: Tell): Promise<ImageOutcome | undefined> {
    try {
      const image = await this.#deps.runtime.imageStatus(reference.text);
      if (image) {
        tell('Normal', 'Pulled', `Container image "${name}" already present on machine and can be accessed by the pod`);
        return { kind: 'present', image };
      }
    } catch (error) {
      const message = `Failed to inspect image "${name}": ${(error as Error).message}`;
      tell('Warning', 'InspectFailed', message);
      return { kind: 'failed', reason: 'ImageInspectError', message };
    }
    if (policy !== 'Never') return undefined;
    const message = `Container image "${name}" is not present with pull policy of Never`;
    tell('Warning', 'ErrImageNeverPull', message);
    return { kind: 'failed', reason: 'ErrImageNeverPull', message };
  }

  async #pull(pod: Pod, reference: ImageReference, context: { name: string; sandbox: PodSandboxConfig; tell: Tell }): Promise<ImageOutcome> {
    const { name, tell } = context;
    const key = `${podUid(pod)}_${name}`;
    const waitMs = this.#backoff.remaining(key);
    if (waitMs > 0) {
      tell('Normal', 'BackOff', `Back-off pulling image "${name}"`);
      return {
        kind: 'failed',
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "${name}": ErrImagePull: ${this.#lastErrors.get(key) ?? ''}`,
        retryAfterMs: waitMs,
      };
    }
    tell('Normal', 'Pulling', `Pulling image "${name}"`);
    const startedMs = this.#deps.clock.now();
    try {
      const credentials = credentialsFor(reference, await this.#pullSecrets(pod, tell));
      const image = await this.#pullShared(reference, credentials, context.sandbox);
      const took = durationText(this.#deps.clock.now() - startedMs);
      tell('Normal', 'Pulled', `Successfully pulled image "${name}" in ${took} (${took} including waiting). Image size: ${image.sizeBytes} bytes.`);
      this.#backoff.reset(key);
      this.#lastErrors.delete(key);
      return { kind: 'present', image };
    } catch (error) {
      const message = (error as Error).message;
      tell('Warning', 'Failed', `Failed to pull image "${name}": ${message}`);
      this.#lastErrors.set(key, message);
      this.#backoff.next(key);
      return { kind: 'failed', reason: 'ErrImagePull', message, retryAfterMs: showErrorMs };
    }
  }

  async #pullSecrets(pod: Pod, tell: Tell): Promise<Secret[]> {
    const found: Secret[] = [];
    const missing: string[] = [];
    for (const { name } of pod.spec.imagePullSecrets ?? []) {
      if (!name) continue;
      try {
        found.push(await this.#deps.objects.secret(pod.metadata.namespace!, name));
      } catch {
        missing.push(name); // the pull may work without it; the event says so
      }
    }
    if (missing.length > 0)
      tell(
        'Warning',
        'FailedToRetrieveImagePullSecret',
        `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
      );
    return found;
  }

  #pullShared(reference: ImageReference, credentials: readonly ImageAuthentication[], sandbox: PodSandboxConfig): Promise<Image> {
    const key = JSON.stringify([reference.text, credentials]);
    const shared = this.#pulls.get(key) ?? this.#pullNow(reference, credentials, sandbox).finally(() => this.#pulls.delete(key));
    this.#pulls.set(key, shared);
    return shared;
  }

  async #pullNow(reference: ImageReference, credentials: readonly ImageAuthentication[], sandbox: PodSandboxConfig): Promise<Image> {
    await this.#enter();
    try {
      return await this.#tryAll(reference, credentials.length > 0 ? credentials : [undefined], sandbox);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #tryAll(reference: ImageReference, credentials: readonly (ImageAuthentication | undefined)[], sandbox: PodSandboxConfig): Promise<Image> {
    const { runtime } = this.#deps;
    let failure: unknown;
    for (const authentication of credentials) {
      try {
        const id = await runtime.pullImage(reference.text, authentication, sandbox);
        const image = (await runtime.imageStatus(id)) ?? (await runtime.imageStatus(reference.text));
        if (!image) throw new Error(`image ${reference.text} is not there after it was pulled`);
        return image;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #enter(): Promise<void> {
    const isFull = this.#running >= (this.#deps.maximumPulls ?? 8);
    this.#running++;
    if (isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void;
