import type { UserInfo } from './contract.ts';

const nodeUserPrefix = 'system:node:';

/**
 * The node a user acts as: members of `system:nodes` called `system:node:<name>`. `''` for a member with another name,
 * absent for everyone else (upstream's default node identifier).
 */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.groups.includes('system:nodes')) return undefined;
  return user.name.startsWith(nodeUserPrefix) ? user.name.slice(nodeUserPrefix.length) : '';
}
