package signin

// An access_key in a comment is no mention.
const other = "password"
