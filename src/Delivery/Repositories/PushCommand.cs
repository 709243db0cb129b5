namespace Rondo.Delivery.Repositories;

/// <summary>One branch or tag that a push moves, makes (old is zeros) or deletes (new is zeros).</summary>
internal sealed record PushCommand(string Old, string New, string Ref)
{
    private const string Branches = "refs/heads/";

    /// <summary>The branch; null for a tag and the like.</summary>
    public string? Branch => Ref.StartsWith(Branches, StringComparison.Ordinal) ? Ref[Branches.Length..] : null;

    public bool Deletes => New.All(c => c == '0');

    public static PushCommand Parse(string line)
    {
        var parts = line.Split(' ', 3);
        return parts is [var old, var @new, var name]
            ? new PushCommand(old, @new, name)
            : throw new RondoException(
                ErrorCode.Internal,
                "The pre-receive hook wrote a line that is not of its form."
            );
    }
}
