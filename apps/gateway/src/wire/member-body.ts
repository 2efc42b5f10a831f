import { AppError, MEMBER_STATUSES, type MemberStatus } from '@parallax/core';
import { Ajv } from 'ajv';
import { isObject, type JsonContainer } from './json-body.ts';
import { MEMBER_SCHEMA } from './member-schema.ts';
import { refuseNul, refuseWideText } from './text-rules.ts';

const MAX_MEMBER = 255;

// Glance's dialect, as for images.
const validate = new Ajv({ strict: false }).compile({ type: 'object', ...MEMBER_SCHEMA });

/** Body of `POST …/members`: the project the image is to be shared with. `invalid_request`. */
export function parseNewMember(body: JsonContainer): string {
  if (!isObject(body)) throw invalid('Expected a member in the form: {"member": "image_id"}');
  if (!Object.hasOwn(body, 'member')) throw invalid('Member to be added not specified');
  const { member } = body;
  if (member === '' || member === null) throw invalid("Member can't be empty");
  if (typeof member !== 'string' || !validate({ member_id: member })) {
    throw invalid('Expected a member in the form: {"member": "image_id"}');
  }
  return parseMemberId(member);
}

/** A project id of a body or a path. `invalid_request` for what no row could hold. */
export function parseMemberId(text: string): string {
  refuseNul('Member ids', text);
  refuseWideText('Member ids', text);
  if ([...text].length <= MAX_MEMBER) return text;
  throw invalid(`Member ids can't be longer than ${MAX_MEMBER} characters.`);
}

/** Body of `PUT …/members/{member}`: the member's answer. `invalid_request`. */
export function parseMemberStatus(body: JsonContainer): MemberStatus {
  if (!isObject(body)) throw invalid('Expected a status in the form: {"status": "status"}');
  if (!Object.hasOwn(body, 'status')) throw invalid('Status not specified');
  const wanted = body['status'];
  const status = MEMBER_STATUSES.find((known) => known === wanted);
  if (status !== undefined && validate({ status })) return status;
  throw invalid('Incorrect request: Status must be "pending", "accepted" or "rejected".');
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}
