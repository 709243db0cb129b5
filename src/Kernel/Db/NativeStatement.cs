using System.Runtime.InteropServices;

namespace Rondo.Kernel.Db;

/// <summary>
/// The functions of the embedded database by which a prepared statement is given its arguments and run: for a batch of a thousand rows, where the
/// library that the rest uses takes as long as the database. See <see cref="NativeColumns"/> for how a row is read.
/// </summary>
internal static class NativeStatement
{
    private const string Library = "e_sqlite3";

    /// <summary>Tells the database to copy the text or the bytes that it is given.</summary>
    public static readonly IntPtr Copied = new(-1);

    [DllImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern int Bind(IntPtr statement, int place, long value);

    [DllImport(Library, EntryPoint = "sqlite3_bind_double")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern int Bind(IntPtr statement, int place, double value);

    [DllImport(Library, EntryPoint = "sqlite3_bind_null")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern int BindNull(IntPtr statement, int place);

    [DllImport(Library, EntryPoint = "sqlite3_bind_text")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static extern int BindText(IntPtr statement, int place, ref byte text, int bytes, IntPtr whose);

    [DllImport(Library, EntryPoint = "sqlite3_bind_blob")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static extern int BindBytes(IntPtr statement, int place, ref byte value, int bytes, IntPtr whose);

    [DllImport(Library, EntryPoint = "sqlite3_total_changes")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    public static extern int TotalChanges(IntPtr database);

    [DllImport(Library, EntryPoint = "sqlite3_clear_bindings")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static extern void ClearBindings(IntPtr statement);

    // What a statement did wrong was told by its step already: those that tell it once more are asked for nothing. A step may wait for the disk.
    [DllImport(Library, EntryPoint = "sqlite3_step")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static extern int Step(IntPtr statement);

    [DllImport(Library, EntryPoint = "sqlite3_reset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static extern void Reset(IntPtr statement);
}
