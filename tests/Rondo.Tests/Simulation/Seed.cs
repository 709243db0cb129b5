namespace Rondo.Tests.Simulation;

/// <summary>What decides everything in a simulation. Each part draws from a stream of its own: what one part draws changes no other part.</summary>
internal sealed record Seed(long Number)
{
    public Random Stream(string name)
    {
        var mixed = unchecked((ulong)Number * 0x9E3779B97F4A7C15) ^ 0x2545F4914F6CDD1D;
        foreach (var letter in name)
        {
            mixed = unchecked((mixed ^ letter) * 1099511628211);
            mixed ^= mixed >> 31;
        }

        return new Random((int)(mixed & 0x7FFFFFFF));
    }
}
