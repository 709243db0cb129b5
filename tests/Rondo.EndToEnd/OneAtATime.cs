// Every test here starts servers and builds: side by side they would only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
