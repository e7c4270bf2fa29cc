/** A self-signed P-256 certificate for 127.0.0.1 and its key; for servers in tests, secret to nobody. Valid for a hundred years. */
export const testCertificate = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBhjCCASygAwIBAgIUSyccpToUvXRggjKaz29ERSM0Z5owCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEyMzIzNDhaGA8yMTI2MTAyODIzMjM0
OFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNrV
cz1svMOlMMtqx/QnBaDL4Fig2bc471E3aoBntJyPnpLPc0vv5YAqUCtLJK1nnLEI
VleaOBKVQnBCjqvSmi+jZDBiMB0GA1UdDgQWBBQn+Fy/9dxojjAiuBsqJeiH9e/i
0jAfBgNVHSMEGDAWgBQn+Fy/9dxojjAiuBsqJeiH9e/i0jAPBgNVHRMBAf8EBTAD
AQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIhAOjO53AjiHuO
9wugmICRnipqK7WkGntRhBXgolOKcaMFAiAO0D9pGGZvLB46W//bl1vFC+EtvSuo
bzMSlY5eFhodNg==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5dhPkmIVfZXflCB7
pOmCh5dCfqbp/hYxaXkVyIXH/VqhRANCAATa1XM9bLzDpTDLasf0JwWgy+BYoNm3
OO9RN2qAZ7Scj56Sz3NL7+WAKlArSyStZ5yxCFZXmjgSlUJwQo6r0pov
-----END PRIVATE KEY-----
`,
};
