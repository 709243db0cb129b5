namespace Rondo.Sdk.BuiltIn;

/// <summary>A program ended with a failure of a class that a retry can name: an exit code, or a limit.</summary>
internal sealed class CommandFailedException(string what, string mend, string @class) : Exception(what)
{
    /// <summary>What to do about it.</summary>
    public string Mend => mend;

    /// <summary>The class of the failure.</summary>
    public string Class => @class;
}
