using Rondo.Kernel;

namespace Rondo.Registry;

/// <summary>Where a proposal came from: the run that made it, and the code and data of that run.</summary>
public sealed record ModelOrigin(
    string Project,
    string Environment,
    string RunId,
    string Pipeline,
    string Commit,
    string Package,
    string? DatasetVersion,
    string ProposalDigest,
    Actor Actor,
    long? Cause
);
