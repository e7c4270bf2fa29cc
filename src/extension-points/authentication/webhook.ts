import { createHash } from 'node:crypto';
import type { TokenReview } from '../../api/generated/authentication-v1.ts';
import { WebhookError } from '../../client/webhook-client.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { AuthenticationOutcome, Authenticator, UserInfo } from './contract.ts';

/** Delivers a review to the webhook and answers the body of its answer. Rejects with `WebhookError` when there was none. */
export type PostReview = (body: Buffer, signal: AbortSignal) => Promise<Buffer>;

export interface TokenWebhookOptions {
  readonly post: PostReview;
  /** How long an answer holds, good or bad. Default 2 minutes, as upstream. 0 asks every time. */
  readonly cacheMs?: number;
  readonly clock: Clock;
}

const rememberedAnswers = 4_096;
/** Upstream's back-off of webhooks: half a second, growing by half. */
const attempts = 5;
const firstRetryMs = 500;
/** How long a review may take that several requests wait for, retries included; as upstream. */
const sharedReviewMs = 30_000;

/**
 * Asks an outside program whose a token is: TokenReview v1 over HTTPS (upstream's `--authentication-token-webhook-config-file`). A token it does not know is
 * no opinion. Throws when it cannot be asked.
 */
export function createTokenWebhook({ post, cacheMs = 120_000, clock }: TokenWebhookOptions): Authenticator {
  const remembered = new Map<string, { readonly outcome: AuthenticationOutcome; readonly untilMs: number }>();
  const underWay = new Map<string, Promise<AuthenticationOutcome>>();
  const remember = (key: string, outcome: AuthenticationOutcome): void => {
    if (cacheMs <= 0) return;
    if (remembered.size >= rememberedAnswers) remembered.delete(remembered.keys().next().value!);
    remembered.set(key, { outcome, untilMs: clock.now() + cacheMs });
  };
  return {
    authenticate({ token, audiences }, signal) {
      if (token === undefined) return { kind: 'no-opinion' };
      const key = createHash('sha256')
        .update(JSON.stringify([token, audiences]))
        .digest('base64');
      const known = remembered.get(key);
      if (known && known.untilMs > clock.now()) return known.outcome;
      remembered.delete(key);
      // Requests that come with the same token at the same time ask once, and none of them takes the answer from the others when its client goes.
      let asking = underWay.get(key);
      if (!asking) {
        asking = withDeadline(clock, (deadline) => review({ token, audiences }, { post, clock, signal: deadline }))
          .then((outcome) => (remember(key, outcome), outcome))
          .finally(() => underWay.delete(key));
        underWay.set(key, asking);
      }
      return unlessAborted(asking, signal);
    },
  };
}

async function withDeadline<T>(clock: Clock, ask: (deadline: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  using _timer = clock.after(sharedReviewMs, () => deadline.abort(new Error(`the webhook did not answer within ${sharedReviewMs / 1_000} seconds`)));
  return await ask(deadline.signal);
}

/** What comes first: the answer, or the caller's end of waiting for it. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

async function review(
  spec: { readonly token: string; readonly audiences: readonly string[] },
  { post, clock, signal }: { readonly post: PostReview; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<AuthenticationOutcome> {
  const body = Buffer.from(
    JSON.stringify({ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: { creationTimestamp: null }, spec, status: { user: {} } }),
  );
  const answer = await withRetries(() => post(body, signal), { clock, signal });
  const { status } = JSON.parse(answer.toString()) as TokenReview;
  if (!status?.authenticated) return { kind: 'no-opinion' };
  const user = userOf(status.user ?? {});
  // A program that knows nothing of audiences vouches for the API server's own only.
  if (!status.audiences?.length) return { kind: 'authenticated', user };
  const audiences = spec.audiences.filter((audience) => status.audiences!.includes(audience));
  if (spec.audiences.length > 0 && audiences.length === 0) return { kind: 'no-opinion' };
  return { kind: 'authenticated', user, audiences };
}

const userOf = ({
  username = '',
  uid,
  groups = [],
  extra,
}: {
  username?: string;
  uid?: string;
  groups?: readonly string[];
  extra?: Record<string, readonly string[]>;
}): UserInfo => ({
  name: username,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
});

/** Repeats what failed for a reason that may pass: the network, a 429 or a 5xx. */
export async function withRetries<T>(
  ask: () => Promise<T>,
  { clock, signal, firstMs = firstRetryMs }: { clock: Clock; signal: AbortSignal; firstMs?: number },
): Promise<T> {
  for (let attempt = 1, delayMs = firstMs; ; attempt++, delayMs *= 1.5) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === attempts || signal.aborted || !mayPass(error)) throw error;
      await clock.sleep(delayMs, signal);
    }
  }
}

const mayPass = (error: unknown): boolean => error instanceof WebhookError && (error.status === undefined || error.status === 429 || error.status >= 500);
