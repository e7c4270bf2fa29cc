import type { Authenticator } from '../../../extension-points/authentication/contract.ts';
import type { ExpressionCompiler } from '../../../extension-points/authentication/expressions.ts';
import { watchedFile } from '../../../extension-points/authentication/watched-file.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { type AnonymousConfiguration, readAuthenticationConfiguration } from './configuration.ts';
import { createJwtAuthenticator } from './jwt.ts';

export interface AuthenticationFile extends AsyncDisposable {
  readonly authenticator: Authenticator;
  /** Whether a request without credentials may be anonymous there, as the file has it now. */
  allowsAnonymous(path: string): boolean;
}

/** A replaced configuration is kept this long for requests that still use it. */
const graceMs = 60_000;

/**
 * The authenticators and the anonymous rule of an `AuthenticationConfiguration` file, which is read again when it changes. Rejects when the file is not usable at first; later
 * versions that are not usable are logged and ignored.
 */
export async function openAuthenticationFile(
  path: string,
  {
    compiler,
    disallowedIssuers,
    clock,
    log,
  }: { readonly compiler: ExpressionCompiler; readonly disallowedIssuers: readonly string[]; readonly clock: Clock; readonly log: Log },
): Promise<AuthenticationFile> {
  const read = (text: string) => {
    const { jwt = [], anonymous } = readAuthenticationConfiguration(text, { compiler, disallowedIssuers });
    return { authenticator: createJwtAuthenticator({ configurations: jwt, compiler, clock, log }), anonymous };
  };
  const dispose = async (old: ReturnType<typeof read>): Promise<void> => old.authenticator[Symbol.asyncDispose]();
  const file = await watchedFile(path, { read, log, replaced: (old) => void clock.after(graceMs, () => void dispose(old)) });
  await file.current.authenticator.tried;
  return {
    authenticator: { authenticate: (request, signal) => file.current.authenticator.authenticate(request, signal) },
    allowsAnonymous: (requestPath) => mayBeAnonymous(file.current.anonymous, requestPath),
    async [Symbol.asyncDispose]() {
      file[Symbol.dispose]();
      await dispose(file.current);
    },
  };
}

function mayBeAnonymous(anonymous: AnonymousConfiguration | undefined, path: string): boolean {
  if (!anonymous) return true;
  return anonymous.enabled && (!anonymous.conditions?.length || anonymous.conditions.some((condition) => condition.path === path));
}
