-- Reading what is listed by name, page by page.
-- KEYS: 1 as in base
-- ARGV: none
-- returns: nothing
local BYTES = 4194304

-- Reads at most so many names of a sorted set behind `after`. `read` gives a row and its size,
-- or nothing; the answer is {'ok', name to go on behind or '', row..}.
local function page_by_name(set, after, most, read)
  local from = after == '' and '-' or '(' .. after
  local names = call('ZRANGEBYLEX', P .. set, from, '+', 'LIMIT', 0, most)
  local found, bytes, seen = {}, 0, 0
  while seen < #names and bytes < BYTES do
    seen = seen + 1
    local row, size = read(names[seen])
    if row then found[#found + 1], bytes = row, bytes + size end
  end
  local more = seen == most or seen < #names
  return { 'ok', more and names[seen] or '', unpack(found) }
end
