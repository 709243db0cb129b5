using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage.Graph;

/// <summary>What a walk begins with. The artifact is the one that was found, where something shorter than its name was asked for.</summary>
internal sealed record LineageRoot(string Id, string Kind)
{
    private const int CandidatesMax = 10;
    private const int PrefixMin = 6;

    // A digest alone does not say of which type its artifact is. Each is looked up by a range of names.
    private static readonly string[] s_types =
    [
        ArtifactTypes.Table,
        ArtifactTypes.RawTable,
        ArtifactTypes.Json,
        ArtifactTypes.File,
        ArtifactTypes.Model,
        ArtifactTypes.ModelProposal,
        ArtifactTypes.DatasetVersion,
        ArtifactTypes.ValidationReport,
        ArtifactTypes.Statistics,
        ArtifactTypes.Preparation,
        ArtifactTypes.None,
    ];

    /// <summary>The name of the node that stands for it.</summary>
    public string Node => Kind == LineageKinds.Endpoint ? NodeOfEndpoint(Id) : Id;

    public static string NodeOfEndpoint(string endpoint) => "endpoint:" + endpoint;

    /// <summary>Finds what is meant: a model version, dataset version, run, endpoint, artifact, or the beginning of a digest.</summary>
    public static async Task<LineageRoot> RequireAsync(Session session, string asked) =>
        await FindAsync(session, asked) ?? throw Unknown(asked);

    /// <summary>The same; null where no step of a pipeline has to do with it.</summary>
    public static async Task<LineageRoot?> FindAsync(Session session, string asked)
    {
        var endpoint = asked.StartsWith("endpoint:", StringComparison.Ordinal) ? asked[9..] : asked;
        var known = await session.FirstAsync<LineageRoot>(
            """
            select name as id, kind from (select name, kind from lineage_name where name = @asked order by kind desc limit 1) n
            union all select id, 'run' from lineage_context where id = @asked and kind = 'run'
            union all select id, 'artifact' from lineage_artifact where id = @asked
            union all select name, 'endpoint' from lineage_endpoint where name = @endpoint
            """,
            new { asked, endpoint }
        );
        return known ?? await FindByDigestAsync(session, asked);
    }

    private static async Task<LineageRoot?> FindByDigestAsync(Session session, string asked)
    {
        var colon = asked.LastIndexOf(':');
        var digest = asked[(colon + 1)..];
        if (digest.Length < PrefixMin || !digest.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        IReadOnlyList<string> types = colon < 0 ? s_types : [asked[..colon]];
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = CandidatesMax };
        var ranges = new List<string>(types.Count);
        foreach (var (i, type) in types.Index())
        {
            // ':' to 'g': every name that goes on with hexadecimal digits after the prefix.
            (arguments[$"from{i}"], arguments[$"to{i}"]) = ($"{type}:{digest}", $"{type}:{digest}g");
            ranges.Add($"(id >= @from{i} and id < @to{i})");
        }

        var found = await session.QueryAsync<string>(
            $"select id from lineage_artifact where {string.Join(" or ", ranges)} order by id limit @limit",
            arguments
        );
        return found.Count <= 1
            ? found.Select(id => new LineageRoot(id, LineageKinds.Artifact)).FirstOrDefault()
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{asked}' is the beginning of several artifacts: {string.Join(", ", found)}.",
                "Write more of it, or the type in front of it, as in rondo/table:ab12cd."
            );
    }

    private static RondoException Unknown(string asked) =>
        new(
            ErrorCode.NotFound,
            $"Lineage knows nothing called '{asked}'.",
            "Name a model version or dataset version (project/environment/name/version), a run, a logged model, an endpoint, an artifact (type:digest), or the beginning of a digest."
        );
}
