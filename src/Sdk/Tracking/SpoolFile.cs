using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rondo.Sdk;

/// <summary>Writes bytes to a file of the spool, from an offset on.</summary>
internal delegate void SpoolWrite(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

/// <summary>
/// What one run has told, line by line, until the server has it: <c>RUN.jsonl</c>, beside it how far it was sent (<c>RUN.sent</c>), copies of
/// artifacts (<c>RUN.files</c>), and a lock (<c>RUN.lock</c>) that the one process holds that writes or sends it.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    /// <summary>The longest line; the longest text of an operation, each letter escaped, is shorter.</summary>
    public const int LineBytesMax = 1024 * 1024;

    private const string Extension = ".jsonl";
    private const int FilesSeenMax = 100_000;
    private const int MeasuredParts = 64;
    private const string PartExtension = ".part";
    private const long SentBytesMax = 4L * 1024 * 1024;

    private static readonly TimeSpan s_measureEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly SafeFileHandle _lock;
    private SafeFileHandle _lines;
    private readonly SafeFileHandle _mark;
    private readonly TrackingSettings _settings;
    private readonly Lock _measuring = new();
    private long _length;
    private long _sent;
    private long _artifactBytes;
    private long _bytesMax = long.MaxValue;
    private long _bytesMeasured;
    private long _measuredAt;
    private bool _lacksRoom;

    private SpoolFile(string path, SafeFileHandle held, TrackingSettings settings)
    {
        _path = path;
        _lock = held;
        _settings = settings;
        try
        {
            _lines = Open(path);
            _mark = Open(Path.ChangeExtension(path, ".sent"));
        }
        catch
        {
            _lines?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>Where it is, for people.</summary>
    public string Location => _path;

    /// <summary>The folder for copies of artifacts.</summary>
    public string FilesFolder => Path.ChangeExtension(_path, ".files");

    /// <summary>How many bytes may be kept for this run: those of all runs, less what the others keep as far as is known.</summary>
    public long BytesMax => Interlocked.Read(ref _bytesMax);

    /// <summary>The end of the first line, which tells what run it is.</summary>
    public long StartLength { get; private set; }

    /// <summary>The end of the last whole line.</summary>
    public long Length => Interlocked.Read(ref _length);

    /// <summary>The end of what the server has.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>The bytes kept for this run.</summary>
    public long BytesKept => Length + Interlocked.Read(ref _artifactBytes);

    /// <summary>All spools of a folder, oldest first; none where there is no such folder.</summary>
    public static IReadOnlyList<string> List(string folder, int countMax) =>
        Directory.Exists(folder)
            ?
            [
                .. new DirectoryInfo(folder)
                    .EnumerateFiles("*" + Extension)
                    .OrderBy(file => file.LastWriteTimeUtc)
                    .ThenBy(file => file.Name, StringComparer.Ordinal)
                    .Take(countMax)
                    .Select(file => file.FullName),
            ]
            : [];

    /// <summary>Begins the spool of a new run.</summary>
    public static SpoolFile Create(TrackingSettings settings, SpoolStart start)
    {
        var folder = settings.SpoolFolder!;
        SpoolFile? file = null;
        try
        {
            MakeFolder(folder);
            var path = Path.Combine(folder, start.Run + Extension);
            var held = Lock(path) ?? throw new IOException($"{path} is held by another run.");
            file = new SpoolFile(path, held, settings);
            var line = start.ToLine();
            file.Append(line);
            file.StartLength = line.Length;
            file._bytesMax = settings.SpoolBytesMax;
            file.Measure(line.Length);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The folder {folder}, which keeps what a run logs until it is sent, cannot be written: {e.Message}",
                "Name another with RONDO_SPOOL.",
                e
            );
        }
    }

    /// <summary>Opens what a process has left behind; null where another process holds it, has sent it, or it tells of no run.</summary>
    public static (SpoolFile File, SpoolStart Start)? TryOpen(string path, TrackingSettings settings)
    {
        if (!File.Exists(path) || Lock(path) is not { } held)
        {
            return null;
        }

        // Whoever had the lock before may have sent and removed it.
        if (!File.Exists(path))
        {
            File.Delete(LockOf(path));
            held.Dispose();
            return null;
        }

        var file = new SpoolFile(path, held, settings);
        try
        {
            if (file.ReadStart() is { } start)
            {
                return (file, start);
            }

            if (file.StartLength > 0)
            {
                throw new IOException("Its first line does not tell what run it is of.");
            }

            // The first line is written before a run logs anything: nothing is lost.
            file.Delete();
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Appends whole lines, or none of them.</summary>
    public void Append(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            try
            {
                _settings.Write(_lines, lines, _length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A part of them would be read as lines after a shorter write over it.
                RandomAccess.SetLength(_lines, _length);
                _lacksRoom = true;
                throw;
            }

            _lacksRoom = false;
            _length += lines.Length;
        }
    }

    /// <summary>
    /// Whether so many bytes more may be kept. What other runs keep is measured again after every part of the whole that was written, and
    /// every few seconds where there is no room.
    /// </summary>
    public bool HasRoom(long bytes)
    {
        lock (_measuring)
        {
            var kept = BytesKept + bytes;
            _bytesMeasured = Math.Min(_bytesMeasured, kept);
            if (
                kept - _bytesMeasured >= _settings.SpoolBytesMax / MeasuredParts
                || (kept > _bytesMax && _settings.Time.GetElapsedTime(_measuredAt) >= s_measureEvery)
            )
            {
                Measure(kept);
            }

            return kept <= _bytesMax;
        }
    }

    /// <summary>Whole lines from an offset on: as many as the bytes hold, at least one where there is one.</summary>
    public ReadOnlyMemory<byte> ReadLines(long offset, int bytesMax)
    {
        var buffer = ReadExactly(offset, (int)Math.Min(bytesMax, Length - offset));
        var end = buffer.AsSpan().LastIndexOf((byte)'\n') + 1;
        return end > 0 || bytesMax >= LineBytesMax ? buffer.AsMemory(0, end) : ReadLines(offset, LineBytesMax);
    }

    /// <summary>The last line, without its end.</summary>
    public ReadOnlyMemory<byte> LastLine()
    {
        var tail = ReadTail();
        var lines = tail.AsSpan().TrimEnd((byte)'\n');
        return tail.AsMemory((lines.LastIndexOf((byte)'\n') + 1)..lines.Length);
    }

    /// <summary>Remembers, also for the next process, that the server has everything before an offset.</summary>
    public void MarkSent(long offset)
    {
        // One small write of one length: read after a crash, it is the old number or the new one.
        _settings.Write(_mark, Encoding.ASCII.GetBytes(offset.ToString("D19", CultureInfo.InvariantCulture)), 0);
        Interlocked.Exchange(ref _sent, offset);
    }

    /// <summary>
    /// Gives back the room of lines that were sent, where it is worth it and can be done. The first line stays. Only who sends calls it.
    /// </summary>
    public void Shrink()
    {
        lock (_gate)
        {
            var isInPlace = _lacksRoom && _sent == _length && _length > StartLength;
            var isWorthIt = _sent > Math.Min(SentBytesMax, BytesMax / 4) && _length - _sent <= LineBytesMax;
            if (!isInPlace && !isWorthIt)
            {
                return;
            }

            var sent = _sent;
            try
            {
                if (isInPlace)
                {
                    ShrinkInPlace();
                }
                else
                {
                    ShrinkTo(Path.ChangeExtension(_path, PartExtension));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It takes the room that it took.
                Interlocked.Exchange(ref _sent, sent);
            }
        }
    }

    /// <summary>Keeps a copy of a file and returns its name here.</summary>
    public string KeepArtifact(string file, string name)
    {
        Directory.CreateDirectory(FilesFolder);
        var copy = Path.Combine(FilesFolder, name);
        try
        {
            File.Copy(file, copy, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(copy);
            throw;
        }

        Interlocked.Add(ref _artifactBytes, new FileInfo(copy).Length);
        return name;
    }

    /// <summary>Removes a copy that was sent.</summary>
    public void DropArtifact(string name)
    {
        var copy = new FileInfo(Path.Combine(FilesFolder, name));
        if (copy.Exists)
        {
            var bytes = copy.Length;
            copy.Delete();
            Interlocked.Add(ref _artifactBytes, -bytes);
        }
    }

    /// <summary>Makes the lines outlive the machine's power, not only the process, where the disk can.</summary>
    public void FlushToDisk()
    {
        try
        {
            lock (_gate)
            {
                RandomAccess.FlushToDisk(_lines);
            }
        }
        catch (IOException)
        {
            // They are as safe as they were.
        }
    }

    /// <summary>Removes all of it: the server has everything.</summary>
    public void Delete()
    {
        if (Directory.Exists(FilesFolder))
        {
            Directory.Delete(FilesFolder, recursive: true);
        }

        File.Delete(_path);
        File.Delete(Path.ChangeExtension(_path, ".sent"));
        File.Delete(Path.ChangeExtension(_path, PartExtension));
        // While it is held: whoever waits for it finds nothing to send.
        File.Delete(LockOf(_path));
    }

    public void Dispose()
    {
        _lines.Dispose();
        _mark.Dispose();
        _lock.Dispose();
    }

    private void Measure(long kept)
    {
        _bytesMeasured = kept;
        _measuredAt = _settings.Time.GetTimestamp();
        try
        {
            var others = Math.Max(0, BytesIn(_settings.SpoolFolder!) - BytesKept);
            Interlocked.Exchange(ref _bytesMax, _settings.SpoolBytesMax - others);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another run has removed a folder meanwhile: what was known holds until the next time.
        }
    }

    // A full disk takes no second file, and needs none where nothing waits. In this order: a process that is killed in between sends some lines again,
    // and loses none.
    private void ShrinkInPlace()
    {
        MarkSent(StartLength);
        RandomAccess.SetLength(_lines, StartLength);
        Interlocked.Exchange(ref _length, StartLength);
    }

    private void ShrinkTo(string part)
    {
        var shorter = Open(part);
        try
        {
            RandomAccess.SetLength(shorter, 0);
            _settings.Write(shorter, ReadExactly(0, (int)StartLength), 0);
            _settings.Write(shorter, ReadExactly(_sent, (int)(_length - _sent)), StartLength);
            // In this order: a process that is killed in between sends some lines again, and loses none.
            var length = StartLength + _length - _sent;
            MarkSent(StartLength);
            File.Move(part, _path, overwrite: true);
            (_lines, shorter) = (shorter, _lines);
            Interlocked.Exchange(ref _length, length);
        }
        finally
        {
            shorter.Dispose();
        }
    }

    // Null where it tells of no run.
    private SpoolStart? ReadStart()
    {
        DropTornLine();
        ReadMark();
        var first = ReadLines(0, LineBytesMax);
        var end = first.Span.IndexOf((byte)'\n');
        StartLength = end + 1;
        return end < 0 ? null : SpoolStart.Read(first.Span[..end]);
    }

    // Who was killed while writing has left a line without an end.
    private void DropTornLine()
    {
        Interlocked.Exchange(ref _length, RandomAccess.GetLength(_lines));
        var tail = ReadTail();
        var torn = tail.Length - (tail.AsSpan().LastIndexOf((byte)'\n') + 1);
        Interlocked.Add(ref _length, -torn);
        RandomAccess.SetLength(_lines, _length);
    }

    private byte[] ReadTail()
    {
        var bytes = (int)Math.Min(Length, 2L * LineBytesMax);
        return ReadExactly(Length - bytes, bytes);
    }

    private byte[] ReadExactly(long offset, int count)
    {
        var buffer = new byte[count];
        var read = 0;
        while (read < count)
        {
            var more = RandomAccess.Read(_lines, buffer.AsSpan(read), offset + read);
            read += more > 0 ? more : throw new EndOfStreamException($"{_path} is shorter than it was.");
        }

        return buffer;
    }

    private void ReadMark()
    {
        var text = new byte[19];
        var read = RandomAccess.Read(_mark, text, 0);
        var known = long.TryParse(text.AsSpan(0, read), NumberStyles.None, CultureInfo.InvariantCulture, out var sent);
        Interlocked.Exchange(ref _sent, known && read == text.Length ? Math.Min(sent, Length) : 0);
    }

    private static long BytesIn(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Take(FilesSeenMax).Sum(SizeOf);

    private static long SizeOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // It was sent in between.
            return 0;
        }
    }

    private static SafeFileHandle? Lock(string path)
    {
        try
        {
            return File.OpenHandle(
                LockOf(path),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                // Windows removes what is open where all who have it open say so; nobody else may read or write it there either.
                OperatingSystem.IsWindows()
                    ? FileShare.Delete
                    : FileShare.None
            );
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string LockOf(string path) => Path.ChangeExtension(path, ".lock");

    private static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    // What a run logs is nobody else's business.
    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(
                folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
    }
}
