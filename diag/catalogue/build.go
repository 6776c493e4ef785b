package catalogue

// ofBuild are findings about the sources, the platforms and the requests of a
// build, which are known only once BuildKit was asked.
var ofBuild = []Finding{}
