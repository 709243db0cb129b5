using System.Net.Sockets;
using Npgsql;

namespace Rondo.Providers.Postgres;

/// <summary>What an error of the database means to the one who waits.</summary>
internal static class PostgresErrors
{
    private const string IdleInTransaction = "25P03";

    /// <summary>Two writers stood in each other's way, and this one was sent back: its work is right when it is run again.</summary>
    public static bool IsCollision(Exception e) =>
        e
            is PostgresException
            {
                SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            };

    /// <summary>Somebody else may just have written the row that was not there when this one looked.</summary>
    public static bool IsInsertedElsewhere(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <summary>The database cannot be reached, or does not work.</summary>
    public static bool IsUnavailable(Exception e) =>
        e switch
        {
            PostgresException refused => IsUnavailable(refused.SqlState),
            NpgsqlException or SocketException or IOException or TimeoutException => true,
            _ => false,
        };

    /// <summary>A text holds what no text of the database can: the character of code 0.</summary>
    public static bool IsNoText(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire };

    /// <summary>Says so to a person.</summary>
    public static RondoException NoText(Exception e) =>
        new(ErrorCode.InvalidArgument, "A text has a character of code 0, which is not kept.", "Leave it out.", e);

    /// <summary>The database takes no writes: it is not the primary any more.</summary>
    public static bool IsStandby(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>Says so to a person.</summary>
    public static RondoException Unavailable(Exception e, PostgresAddress address)
    {
        var why = e is PostgresException refused ? refused.MessageText : e.GetBaseException().Message;
        return new RondoException(
            ErrorCode.Unavailable,
            $"The database {address} does not answer: {why.TrimEnd('.')}.",
            "See that it runs and can be reached from here; what waits for it goes on by itself.",
            e
        );
    }

    /// <summary>The connection broke under a commit.</summary>
    public static bool IsCommitUnknown(Exception e) =>
        e is PostgresException refused
            ? refused.SqlState.StartsWith("57P", StringComparison.Ordinal)
            : IsUnavailable(e);

    /// <summary>The connection broke while the transaction was being committed: nobody knows whether it was.</summary>
    public static RondoException CommitUnknown(Exception e, PostgresAddress address) =>
        new(
            ErrorCode.Unavailable,
            $"The connection to the database {address} broke while it committed: what was written may be kept or not.",
            "Look whether it is there before you do it again.",
            e
        );

    // Connection exceptions, no resources, shut down or starting, or a session that was ended.
    private static bool IsUnavailable(string state) =>
        state.StartsWith("08", StringComparison.Ordinal)
        || state.StartsWith("53", StringComparison.Ordinal)
        || state.StartsWith("57P", StringComparison.Ordinal)
        || state.StartsWith("58", StringComparison.Ordinal)
        || state is IdleInTransaction or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled;
}
