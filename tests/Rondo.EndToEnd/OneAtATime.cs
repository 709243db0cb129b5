using Xunit.Sdk;
using Xunit.v3;

// Every test here starts servers and builds: side by side they would only wait for each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
