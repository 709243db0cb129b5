namespace Rondo.Tests.Simulation.Scheduling;

/// <summary>Something that must hold did not: the seed has failed.</summary>
internal sealed class Violation(string what) : Exception(what);

/// <summary>Unwinds what runs in a process that has just been killed. Nothing it does on the way has an effect any more.</summary>
internal sealed class KilledException(string place) : Exception("killed " + place);
