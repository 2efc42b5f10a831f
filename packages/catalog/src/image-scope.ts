/** SQL: may the project in parameter `n` see image `i`? Members see it whatever they answered. */
export function visibleSql(n: number): string {
  return `(i.owner = $${n} OR i.visibility IN ('public', 'community') OR (i.visibility = 'shared' AND EXISTS
    (SELECT FROM image_member m WHERE m.image_id = i.id AND m.member = $${n})))`;
}
