/** `url(...)`, `isURL(...)` and the parts of URLs. */

import { traverseCost } from '../costs.ts';
import type { FunctionDeclaration, Library } from '../library.ts';
import { boolType, listType, mapType, stringType } from '../types.ts';
import { EntryMap, EvaluationError, List } from '../values.ts';
import { globalFunction, memberFunction } from './declarations.ts';
import { type GoUrl, parseRequestUrl, requestUrlProblem, urlType } from './go-url.ts';

export const urlLibrary: Library = {
  name: 'kubernetes.urls',
  functions: [
    globalFunction('url', 'string_to_url', [stringType], urlType, { evaluate: readUrl, cost: traverseCost }),
    globalFunction('isURL', 'is_url_string', [stringType], boolType, { evaluate: (text: string) => requestUrlProblem(text) === undefined }),
    part('getScheme', 'url_get_scheme', (url) => url.scheme),
    part('getHost', 'url_get_host', (url) => url.host),
    part('getHostname', 'url_get_hostname', (url) => url.hostname),
    part('getPort', 'url_get_port', (url) => url.port),
    part('getEscapedPath', 'url_get_escaped_path', (url) => url.escapedPath),
    memberFunction('getQuery', 'url_get_query', [urlType], mapType(stringType, listType(stringType)), {
      evaluate: (url: GoUrl) => new EntryMap([...url.query].map(([key, values]) => [key, new List(values)])),
    }),
  ],
};

function readUrl(text: string): GoUrl {
  const url = parseRequestUrl(text);
  if (typeof url === 'string') throw new EvaluationError(`URL parse error during conversion from string: ${url}`);
  return url;
}

function part(name: string, id: string, evaluate: (url: GoUrl) => string): FunctionDeclaration {
  return memberFunction(name, id, [urlType], stringType, { evaluate });
}
