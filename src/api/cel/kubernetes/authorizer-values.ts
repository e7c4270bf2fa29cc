/** The authorizer that expressions ask, and the steps of a question. */
import { opaqueType } from '../types.ts';
import { OpaqueValue } from '../values.ts';

export const authorizerType = opaqueType('kubernetes.authorization.Authorizer');
export const pathCheckType = opaqueType('kubernetes.authorization.PathCheck');
export const groupCheckType = opaqueType('kubernetes.authorization.GroupCheck');
export const resourceCheckType = opaqueType('kubernetes.authorization.ResourceCheck');
export const decisionType = opaqueType('kubernetes.authorization.Decision');

/**
 * Decides at once, since expressions do not wait. Who has only an asynchronous authorizer throws from here, finds out what was asked, and evaluates again with the answer.
 */
export type AuthorizeFromExpression = (question: ExpressionQuestion) => ExpressionAnswer;

export interface ExpressionQuestion {
  readonly user: ExpressionUser;
  readonly verb: string;
  /** Of a request that is for no resource; otherwise empty. */
  readonly path: string;
  readonly resource?: ExpressionResource;
}

export interface ExpressionUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Empty texts where the expression said nothing. The version of a question is always `*`. */
export interface ExpressionResource {
  readonly group: string;
  readonly version: '*';
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** As it was written: a selector that cannot be parsed narrows nothing. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

export interface ExpressionAnswer {
  readonly kind: 'allow' | 'deny' | 'no-opinion';
  readonly reason: string;
  readonly error?: string;
}

/** The variable `authorizer`. */
export class AuthorizerValue extends OpaqueValue {
  override readonly type = authorizerType;
  readonly authorize: AuthorizeFromExpression;
  readonly user: ExpressionUser;

  constructor(authorize: AuthorizeFromExpression, user: ExpressionUser) {
    super();
    this.authorize = authorize;
    this.user = user;
  }

  override equals(other: OpaqueValue): boolean {
    return this === other;
  }
}

export class PathCheck extends OpaqueValue {
  override readonly type = pathCheckType;
  readonly #authorizer: AuthorizerValue;
  readonly #path: string;

  constructor(authorizer: AuthorizerValue, path: string) {
    super();
    this.#authorizer = authorizer;
    this.#path = path;
  }

  decide(verb: string): Decision {
    return new Decision(this.#authorizer.authorize({ user: this.#authorizer.user, verb, path: this.#path }));
  }

  override equals(other: OpaqueValue): boolean {
    return other instanceof PathCheck && this.#authorizer === other.#authorizer && this.#path === other.#path;
  }
}

export class GroupCheck extends OpaqueValue {
  override readonly type = groupCheckType;
  readonly #authorizer: AuthorizerValue;
  readonly #group: string;

  constructor(authorizer: AuthorizerValue, group: string) {
    super();
    this.#authorizer = authorizer;
    this.#group = group;
  }

  resource(resource: string): ResourceCheck {
    const nothing = { subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' };
    return new ResourceCheck(this.#authorizer, { group: this.#group, version: '*', resource, ...nothing });
  }

  override equals(other: OpaqueValue): boolean {
    return other instanceof GroupCheck && this.#authorizer === other.#authorizer && this.#group === other.#group;
  }
}

/** Also the variable `authorizer.requestResource`. */
export class ResourceCheck extends OpaqueValue {
  override readonly type = resourceCheckType;
  readonly #authorizer: AuthorizerValue;
  readonly resource: ExpressionResource;

  constructor(authorizer: AuthorizerValue, resource: ExpressionResource) {
    super();
    this.#authorizer = authorizer;
    this.resource = resource;
  }

  narrowed(part: Partial<ExpressionResource>): ResourceCheck {
    return new ResourceCheck(this.#authorizer, { ...this.resource, ...part });
  }

  decide(verb: string): Decision {
    return new Decision(this.#authorizer.authorize({ user: this.#authorizer.user, verb, path: '', resource: this.resource }));
  }

  override equals(other: OpaqueValue): boolean {
    if (!(other instanceof ResourceCheck) || this.#authorizer !== other.#authorizer) return false;
    const keys = Object.keys(this.resource) as (keyof ExpressionResource)[];
    return keys.every((key) => this.resource[key] === other.resource[key]);
  }
}

export class Decision extends OpaqueValue {
  override readonly type = decisionType;
  readonly answer: ExpressionAnswer;

  constructor(answer: ExpressionAnswer) {
    super();
    this.answer = answer;
  }

  override equals(other: OpaqueValue): boolean {
    return (
      other instanceof Decision &&
      this.answer.kind === other.answer.kind &&
      this.answer.reason === other.answer.reason &&
      this.answer.error === other.answer.error
    );
  }
}
