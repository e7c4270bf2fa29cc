const maximumBytes = 128;

/** The name under which a write owns fields: the one it gives, else what its user agent says before the first `/` (upstream's managerOrUserAgent). */
export function managerName(fieldManager: string, userAgent: string | undefined): string {
  if (fieldManager !== '') return fieldManager;
  const prefix = (userAgent ?? '').split('/', 1)[0]!;
  const known = names.get(prefix);
  if (known !== undefined) return known;
  const name = printable(prefix);
  if (names.size >= maximumNames) names.clear();
  names.set(prefix, name);
  return name;
}

const names = new Map<string, string>();
const maximumNames = 256;

function printable(text: string): string {
  let name = '';
  let bytes = 0;
  for (const character of text) {
    if (/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > maximumBytes) break;
    name += character;
  }
  return name;
}

const controllerAccounts = 'system:serviceaccount:kube-system:';

/** The user agent of a component in this process, as upstream's components name themselves. */
export function componentAgent(user: string): string {
  if (user.startsWith('system:node:')) return 'kubelet';
  if (user.startsWith(controllerAccounts)) return 'kube-controller-manager';
  if (user === 'system:apiserver') return 'kube-apiserver';
  return user.startsWith('system:') ? user.slice('system:'.length) : user;
}
