/** URIs and e-mail addresses as Go's `net/url` and `net/mail` read them. */

/** An absolute URI or an absolute path (`url.ParseRequestURI`). */
export function isRequestUri(text: string): boolean {
  if (text === '' || hasControlCharacter(text)) return false;
  if (text === '*') return true;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text)?.[0] ?? '';
  if (text.startsWith(':')) return false;
  const rest = text.slice(scheme.length).split('?', 1)[0]!;
  if (!rest.startsWith('/')) return scheme !== '';
  if (scheme === '' || !rest.startsWith('//')) return hasSoundEscapes(rest);
  const end = rest.indexOf('/', 2);
  const authority = rest.slice(2, end === -1 ? undefined : end);
  return isAuthority(authority) && (end === -1 || hasSoundEscapes(rest.slice(end)));
}

/** ASCII control characters, which no URL may have. */
export function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

const hasSoundEscapes = (text: string): boolean => !/%(?![0-9A-Fa-f]{2})/.test(text);

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(at, 0));
  const host = authority.slice(at + 1);
  return /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) && hasSoundEscapes(user) && isHost(host);
}

/** In hosts, only what is not ASCII, and the zone's mark, may be escaped. */
function isHost(host: string): boolean {
  const isBracketed = host.startsWith('[');
  const end = isBracketed ? host.lastIndexOf(']') + 1 : host.indexOf(':') === -1 ? host.length : host.indexOf(':');
  if (isBracketed && end === 0) return false;
  if (!/^(?::\d*)?$/.test(host.slice(end))) return false;
  const name = host.slice(0, end);
  return isBracketed
    ? /^\[[0-9A-Fa-f:.]+(?:%25[^\]]+)?\]$/.test(name)
    : /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=[\]<>"]|[\u0080-\u{10ffff}]|%25|%[89A-Fa-f][0-9A-Fa-f])*$/u.test(name);
}

const maximumAddressLength = 4096;

/** `user@host`, with or without a name before it in which case the address is in angle brackets (`mail.ParseAddress`). */
export function isEmailAddress(text: string): boolean {
  if (text.length > maximumAddressLength) return false;
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '');
  if (isAddress(trimmed)) return true;
  const open = /<([^<>]*)>$/.exec(trimmed);
  return open !== null && isAddress(open[1]!) && isPhrase(trimmed.slice(0, open.index).trim());
}

const atomCharacter = '[^\\s\\u0000-\\u001f\\u007f()<>\\[\\]:;@\\\\,".]';
const dotAtom = new RegExp(`^${atomCharacter}+(?:\\.${atomCharacter}+)*$`, 'u');
const quotedText = /^"(?:[^"\\\r\n]|\\[^\r\n])*"$/;
const domainLiteral = /^\[[\u0021-\u005a\u005e-\u007e]*\]$/;

function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at <= 0) return false;
  const user = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (!dotAtom.test(user) && !(quotedText.test(user) && user.length > 2)) return false;
  return dotAtom.test(domain) || domainLiteral.test(domain);
}

/** Words and quoted words, or nothing. */
const isPhrase = (text: string): boolean =>
  text === '' || /^(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|[^\s()<>[\]:;@\\,"]+)(?:[ \t]+(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|[^\s()<>[\]:;@\\,"]+))*$/.test(text);
