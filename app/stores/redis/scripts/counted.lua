-- Tells whether viewers are counted, and changes nothing that counts. First arguments as in seen.lua; then one argument per target, its parts
-- separated by spaces: the UTC day of now, then the viewer's keys (see keysAt).
-- Replies per target the time of its counted view within a window, in ms, or '' where there is none.
local parts = '^' .. string.rep('([^ ]*) ', 2 + days) .. '([^ ]*)$'
local reply = {}
for i = 5, #ARGV do
  local asked = { string.match(ARGV[i], parts) }
  local seen = findNear(keysAt(asked, 2, tonumber(asked[1])), now, 0)
  reply[#reply + 1] = seen and string.format('%.0f', seen) or ''
end
return reply
